export { apiKey } from "./api-key.ts";
export { isAuth, type Auth, type SigningRequest } from "./auth.ts";
export { basic } from "./basic.ts";
export { bearer } from "./bearer.ts";
