import type { Auth } from "../../auth/index.ts";
import { isSecret } from "../../secrets/index.ts";
import type { Call } from "../call.ts";
import { addHeader } from "./curl-headers.ts";
import type { CurlCommand } from "./curl-command.ts";
import type { ShellText } from "./shell-word.ts";

/** Those that only set headers: signing does no I/O and opens nothing. */
const headerSchemes: ReadonlySet<string> = new Set(["basic", "bearer", "apiKey"]);

/** How the call proves who calls. What is computed anew for every request (OAuth, signatures) is a variable for the Authorization header. */
export function addAuth(command: CurlCommand, call: Call): void {
  const { auth, headers } = call;
  if (auth === undefined) return;
  const hasAuthorization = headers.has("authorization");
  const userinfo = userinfoOf(command, auth);
  if (userinfo !== undefined) {
    if (hasAuthorization) return;
    if (auth.scheme === "digest") command.add("--digest");
    return command.add("--user", userinfo);
  }
  if (!headerSchemes.has(auth.scheme)) {
    if (!hasAuthorization) addHeader(command, { name: "Authorization", value: auth.scheme, isCredential: true });
    return;
  }
  void auth.sign({
    method: call.method,
    url: call.url,
    hasHeader: (name) => headers.has(name),
    setHeader: (name, value) => {
      if (!hasAuthorization || name.toLowerCase() !== "authorization") addHeader(command, { name, value, isCredential: true });
    },
  });
}

/** Of basic and digest, which say who the user is: curl builds the header itself. */
function userinfoOf(command: CurlCommand, auth: Auth): ShellText | undefined {
  if (auth.scheme !== "basic" && auth.scheme !== "digest") return undefined;
  if (!("user" in auth) || !("password" in auth)) return undefined;
  const { user, password } = auth;
  if (typeof user !== "string" && !isSecret(user)) return undefined;
  const name = typeof user === "string" ? user : command.secret(user);
  return [name, ":", ...(isSecret(password) ? [command.secret(password)] : [])];
}
