import type { Socket } from "node:net";
import type { ProxyChoice } from "../../proxy/index.ts";
import { Connector } from "../connector.ts";
import type { Lookup } from "../dial.ts";
import { planRoute } from "../proxy/route.ts";
import { proxyTLSOptions } from "../proxy/tls.ts";
import { loadTLSMaterial, type TLSMaterial, type TLSOptions } from "../tls-material.ts";
import { raceSignal } from "./race-signal.ts";

/** The way to a server: by itself, or through a proxy. */
export interface Way {
  /** Where to connect, which may be another place than the URL's. */
  readonly host: string;
  readonly port: number;
  readonly url: URL;
  readonly proxy: ProxyChoice | undefined;
  /** `servername` is the name to check where it is not the URL's. */
  readonly tls: TLSOptions;
  readonly lookup?: Lookup | undefined;
}

/** As long as a timer can be: the signal of each trial is its timeout. */
const noTimeoutMs = 2_147_483_647;

/**
 * A connection to the server, or to a proxy that forwards requests. Nothing of a request is sent on it.
 *
 * @param isSecured with a TLS handshake, and the server's certificate verified
 * @throws what the way threw, for `explainTrial`, or the signal's reason
 */
export async function openWay(way: Way, isSecured: boolean, signal: AbortSignal): Promise<Socket> {
  const proxyTLS = way.proxy?.scheme === "https" ? await loadTLSMaterial(proxyTLSOptions(way.tls)) : undefined;
  const connector = new Connector({
    host: way.host,
    port: way.port,
    tls: isSecured ? await targetTLS(way) : undefined,
    route: way.proxy === undefined ? undefined : planRoute(way.proxy, way.url, { isPublicOnly: false, tls: proxyTLS }),
    socketPath: undefined,
    isPublicOnly: false,
    timeoutMs: noTimeoutMs,
    lookup: way.lookup,
    onStage: () => undefined,
    resumption: {},
  });
  return raceSignal<Socket>(signal, ({ resolve, reject }) => {
    connector.connect().then(resolve, reject);
    return (reason) => connector.cancel(reason);
  });
}

async function targetTLS({ tls, url }: Way): Promise<TLSMaterial> {
  const { hostname } = url;
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const material = await loadTLSMaterial(tls);
  return { ...material, servername: material.servername ?? host };
}

/** The name that a handshake asks for: an IP address is none (RFC 6066 3). */
export function handshakeName({ tls, url }: Way): string {
  const name = tls.servername ?? url.hostname;
  return /^[\d.]+$|:/.test(name) ? "" : name;
}
