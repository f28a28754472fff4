/** Times, process, addresses of the tunnel and of the local side, and counts differ from run to run. */
export function normalised(line: string): string | undefined {
  if (line.startsWith(">BYTECOUNT:")) return undefined;
  return line
    .replace(/^(>[A-Z]+:)?\d{10},/, "$1<time>,")
    .replace(/^SUCCESS: pid=\d+$/, "SUCCESS: pid=<pid>")
    .replace(/,ASSIGN_IP,,[\d.]+,/, ",ASSIGN_IP,,<tunnel>,")
    .replace(/,CONNECTED,SUCCESS,[\d.]+,/, ",CONNECTED,SUCCESS,<tunnel>,")
    .replace(/^(.*,CONNECTED,.*),[\d.]+,\d+$/, "$1,<local>")
    .replace(/^Updated,[\d-]{10} [\d:]{8}$/, "Updated,<date>")
    .replace(/ bytes,\d+$/, " bytes,<n>")
    .replace(/^>(PK|RSA)_SIGN:[A-Za-z0-9+/=]+/, ">$1_SIGN:<data>")
    .replace(/^(>UPDOWN:ENV,(?:tls_|X509_1|daemon_)\w*)=.*/, "$1=<value>")
    .replace(/,fd99::10$/, ",<tunnel6>")
    .replace(/bytesin=\d+,bytesout=\d+$/, "bytesin=<n>,bytesout=<n>");
}
