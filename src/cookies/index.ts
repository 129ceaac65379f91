export { CookieJar, type CookieJarOptions, type CookiePlace } from "./cookie-jar.ts";
export type { CookieLimits } from "./cookie-store.ts";
export type { Cookie } from "./cookie.ts";
export { mergeCookies } from "./merge-cookies.ts";
export { responseCookies } from "./response-cookies.ts";
export type { SavedCookies } from "./saved-cookies.ts";
