export type ScriptLanguage = "typescript" | "javascript";

/** About twenty lines that run as they are: a session, a typed list, a detail for each, and errors that say why. */
export function scriptTemplate(language: ScriptLanguage): string {
  return language === "typescript" ? template.replaceAll(/«|»/g, "") : template.replaceAll(/«[^»]*»/g, "");
}

/** What stands between « and » is TypeScript's. */
const template = `import { Session, isRequestError } from "errand";

«interface User {
  id: number;
  name: string;
}

»// Credentials: import { bearer, secret } and add auth: bearer(secret("env:API_TOKEN")).
const api = new Session({
  baseUrl: process.argv[2] ?? "https://jsonplaceholder.typicode.com",
  timeout: "10s",
  retry: { attempts: 3 },
});

try {
  const users = await api.get("/users").json«<User[]>»();
  for (const user of users) {
    const posts = await api.get("/posts", { params: { userId: user.id } }).json«<unknown[]>»();
    console.log(\`\${user.name}: \${posts.length} posts\`);
  }
} catch (error) {
  if (!isRequestError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await api.close();
}
`;
