import { ExplainedFailure, type Explanation } from "./explained-failure.ts";
import type { FailureContext } from "./failure.ts";

/** What a failure of a connection means, in words. `systemCode` is Node's, where the error has one. */
export function explain(error: Error, systemCode: string | undefined, context: FailureContext): Explanation {
  if (error instanceof ExplainedFailure && (!context.hasResponded || error.explanation.code === "ERR_MALFORMED_RESPONSE")) {
    const { code, problem, remedy } = error.explanation;
    return { code, problem, remedy: remedy ?? certificateHint(context) ?? "Look into the server's log." };
  }
  return beforeConnection(systemCode, context) ?? brokenConnection(error, systemCode, context);
}

function beforeConnection(systemCode: string | undefined, { request: { url } }: FailureContext): Explanation | undefined {
  switch (systemCode) {
    case "ENOTFOUND":
    case "EAI_NONAME":
      return {
        code: "ERR_DNS",
        problem: `the name ${url.hostname} does not resolve (${systemCode})`,
        remedy: "Check the spelling and the resolver.",
      };
    case "EAI_AGAIN":
      return {
        code: "ERR_DNS",
        problem: `the resolver did not answer for ${url.hostname} (EAI_AGAIN)`,
        remedy: "Check the network and /etc/resolv.conf.",
      };
    case "ECONNREFUSED":
      return {
        code: "ERR_CONNECTION_REFUSED",
        problem: `nothing listens at ${url.host} (ECONNREFUSED)`,
        remedy: "Check the port and that the service runs; errand wait URL waits for it.",
      };
    default:
      return undefined;
  }
}

function brokenConnection(error: Error, systemCode: string | undefined, context: FailureContext): Explanation {
  if (context.hasResponded)
    return {
      code: "ERR_BODY_TRUNCATED",
      problem: `the response ended early (${error.message})`,
      remedy: "Repeat the call; if it stays, the server or a proxy cuts responses.",
    };
  if (systemCode === "ECONNRESET" || systemCode === "EPIPE")
    return {
      code: "ERR_CONNECTION_RESET",
      problem: `the connection was reset${during(context)} (${systemCode})`,
      remedy: certificateHint(context) ?? "The server or something between broke it; see the attempts.",
    };
  return {
    code: "ERR_CONNECTION",
    problem: systemCode === undefined ? error.message : `no connection (${systemCode})`,
    remedy: "Check routes, VPN and firewall.",
  };
}

function during({ failedStage }: FailureContext): string {
  if (failedStage === undefined) return "";
  return failedStage === "tls" ? " during the TLS handshake" : " while connecting";
}

/** Many servers just hang up on a client whose certificate they do not like. */
function certificateHint({ isCertificateWanted, isReused }: FailureContext): string | undefined {
  if (!isCertificateWanted || isReused) return undefined;
  return "The server asked for a client certificate, and may not accept what it got: check tls.cert and tls.key (--cert, --key), and the server's log.";
}
