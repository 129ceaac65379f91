import { derivedSecret, type Secret } from "../../secrets/index.ts";
import type { AuthFetch } from "../auth.ts";

/** Who asks for a token, and for what. */
export interface TokenRequestInit {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly authStyle: "header" | "body";
}

/** The token request of RFC 6749 4.4.2; the client's secret stays closed in it. */
export function tokenRequest({ tokenUrl, clientId, clientSecret, scope, audience, params, authStyle }: TokenRequestInit): AuthFetch {
  const isInHeader = authStyle === "header";
  return {
    url: tokenUrl,
    headers: { accept: "application/json", ...(isInHeader ? { authorization: basicHeader(clientId, clientSecret) } : {}) },
    form: {
      grant_type: "client_credentials",
      ...(scope === undefined ? {} : { scope }),
      ...(audience === undefined ? {} : { audience }),
      ...params,
      ...(isInHeader ? {} : { client_id: clientId, client_secret: clientSecret }),
    },
  };
}

/** RFC 6749 2.3.1: both parts are form-encoded first, which `basic()` does not do. */
function basicHeader(clientId: string, clientSecret: Secret): Secret {
  const { reference } = clientSecret;
  const encode = (value: string): string => Buffer.from(`${formEncode(clientId)}:${formEncode(value)}`).toString("base64");
  const encoded = derivedSecret(clientSecret, encode, `${reference} in base64`);
  return derivedSecret(encoded, (value) => `Basic ${value}`, `Basic ${reference}`);
}

function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
