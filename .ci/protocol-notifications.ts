// What docs/protocol.md says of each notification.

export interface NotificationRow {
  /** Its `type`, and the event of rules. */
  readonly type: string;
  /** As it comes; `·` parts forms. */
  readonly syntax: string;
  readonly versions: string;
  /** Its first line. */
  readonly line: RegExp;
  readonly notes?: string;
}

const row = (
  type: string,
  syntax: string,
  versions: string,
  line: RegExp,
  notes?: string,
): NotificationRow => ({ type, syntax, versions, line, ...(notes === undefined ? {} : { notes }) });

const ENV = ">CLIENT:ENV,NAME=VALUE … >CLIENT:ENV,END";

export const NOTIFICATION_ROWS: readonly NotificationRow[] = [
  row("INFO", ">INFO:TEXT", "2.1+", /^>INFO:/, "the greeting"),
  row("HOLD", ">HOLD:Waiting for hold release:SECONDS", "2.1+", /^>HOLD:/, "without seconds before 2.4"),
  row(
    "STATE",
    ">STATE:TIME,NAME,DETAIL,TUN-IP,REMOTE,PORT,LOCAL,PORT[,TUN-IP6]",
    "2.1+",
    /^>STATE:/,
    "before 2.4 the first five only",
  ),
  row("LOG", ">LOG:TIME,FLAGS,TEXT", "2.1+", /^>LOG:/, "may stand inside a block"),
  row("FATAL", ">FATAL:TEXT", "2.1+", /^>FATAL:/),
  row("ECHO", ">ECHO:TIME,TEXT", "2.1+", /^>ECHO:/),
  row("BYTECOUNT", ">BYTECOUNT:IN,OUT", "2.1+", /^>BYTECOUNT:/, "of the process, over restarts"),
  row("BYTECOUNT_CLI", ">BYTECOUNT_CLI:CID,IN,OUT", "2.1+", /^>BYTECOUNT_CLI:/, "2.7: by a timer"),
  row("REMOTE", ">REMOTE:HOST,PORT,PROTO", "2.3+", /^>REMOTE:/, "split from the right"),
  row("PROXY", ">PROXY:INDEX,TCP|UDP,HOST", "2.3+", /^>PROXY:/, "2.2: NEED_NOW, NEED_LATER: OTHER"),
  row(
    "PASSWORD:NEED",
    ">PASSWORD:Need 'REALM' password|username/password|username[ SC:FLAGS,TEXT]",
    "2.1+",
    /^>PASSWORD:Need /,
    "cut at 127 bytes; username alone from 2.7.1 on",
  ),
  row(
    "PASSWORD:FAILED",
    ">PASSWORD:Verification Failed: 'REALM'[ ['REASON']]",
    "2.1+",
    /^>PASSWORD:Verification Failed/,
    "the reason from 2.2 on; `parseDynamicChallenge` reads CRV1",
  ),
  row("PASSWORD:TOKEN", ">PASSWORD:Auth-Token:TOKEN", "2.3+", /^>PASSWORD:Auth-Token:/, "a secret"),
  row("NEED-OK", ">NEED-OK:Need 'NAME' confirmation MSG:TEXT", "2.1+", /^>NEED-OK:/),
  row("NEED-STR", ">NEED-STR:Need 'NAME' string MSG:TEXT", "2.1+", /^>NEED-STR:/),
  row("NEED-CERTIFICATE", ">NEED-CERTIFICATE:HINT", "2.4+", /^>NEED-CERTIFICATE:/),
  row("RSA_SIGN", ">RSA_SIGN:BASE64", "2.3+", /^>RSA_SIGN:/, "for client version 1, EC keys too"),
  row(
    "PK_SIGN",
    ">PK_SIGN:BASE64[,ALGORITHM]",
    "2.5+",
    /^>PK_SIGN:/,
    "the algorithm from client version 3 on",
  ),
  row(
    "CLIENT:CONNECT",
    `>CLIENT:CONNECT,CID,KID ${ENV}`,
    "2.1+",
    /^>CLIENT:CONNECT,/,
    "not repeated to a new controller",
  ),
  row("CLIENT:REAUTH", `>CLIENT:REAUTH,CID,KID ${ENV}`, "2.1+", /^>CLIENT:REAUTH,/),
  row("CLIENT:CR_RESPONSE", `>CLIENT:CR_RESPONSE,CID,KID,BASE64 ${ENV}`, "2.5+", /^>CLIENT:CR_RESPONSE,/),
  row("CLIENT:ESTABLISHED", `>CLIENT:ESTABLISHED,CID ${ENV}`, "2.1+", /^>CLIENT:ESTABLISHED,/),
  row(
    "CLIENT:DISCONNECT",
    `>CLIENT:DISCONNECT,CID ${ENV}`,
    "2.1+",
    /^>CLIENT:DISCONNECT,/,
    "may come before ESTABLISHED",
  ),
  row("CLIENT:ADDRESS", ">CLIENT:ADDRESS,CID,ADDRESS,1|0", "2.1+", /^>CLIENT:ADDRESS,/, "one line"),
  row("NOTIFY", ">NOTIFY:SEVERITY,KIND,TEXT", "2.3+", /^>NOTIFY:/),
  row(
    "INFOMSG",
    ">INFOMSG:TEXT",
    "2.5+",
    /^>INFOMSG:/,
    "`parsePendingChallenge` reads CR_TEXT, WEB_AUTH and OPEN_URL; dropped above 255 bytes",
  ),
  row("UPDOWN", ">UPDOWN:UP|DOWN >UPDOWN:ENV,NAME=VALUE … >UPDOWN:ENV,END", "2.3+", /^>UPDOWN:(UP|DOWN)$/),
  row(
    "OTHER",
    ">NAME:TEXT",
    "any",
    /^>(?!(INFO|HOLD|STATE|LOG|FATAL|ECHO|BYTECOUNT(_CLI)?|REMOTE|PROXY|PASSWORD|NEED-(OK|STR|CERTIFICATE)|RSA_SIGN|PK_SIGN|CLIENT|NOTIFY|INFOMSG|UPDOWN|PKCS11ID-(COUNT|ENTRY)):)/,
    "all else, and what looks like one of the above and cannot be read",
  ),
];
