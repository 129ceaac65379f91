/** The version of errand, sent in the user agent. A test keeps it equal to package.json. */
export const version = "0.1.0";
