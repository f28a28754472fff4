import { Environment } from "./environment.ts";
import type { ServerSettings } from "./server-options.ts";
import { addressAt } from "./pool.ts";

/** The environment that all clients of a server have in common; `started` in seconds since the epoch. */
export function baseEnvironment(settings: ServerSettings, started: number, verb: number): Environment {
  const environment = new Environment();
  const { address, address6, ipv6, local, pid, port, protocol } = settings;
  environment.set("redirect_gateway", 0);
  environment.set("dev_type", "tun");
  environment.set("dev", "tun0");
  environment.set("tun_mtu", 1500);
  environment.set("script_context", "init");
  if (ipv6) {
    environment.set("ifconfig_ipv6_remote", addressAt(address6, 1));
    environment.set("ifconfig_ipv6_netbits", 64);
    environment.set("ifconfig_ipv6_local", address6);
  }
  environment.set("ifconfig_netmask", "255.255.255.0");
  environment.set("ifconfig_local", address);
  environment.set("verb", verb);
  environment.set("daemon", 0);
  environment.set("daemon_log_redirect", 0);
  environment.set("daemon_start_time", started);
  environment.set("daemon_pid", pid);
  environment.set("proto_1", protocol);
  if (local !== undefined) environment.set("local_1", local);
  environment.set("local_port_1", port);
  environment.set("remote_port_1", port);
  return environment;
}
