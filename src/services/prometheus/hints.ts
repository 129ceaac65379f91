/** What to do about an error of Prometheus' own. */
export function apiHint(errorType: string, text: string): string | undefined {
  if (text.includes("exceeded maximum resolution")) return "Raise step or shorten the range.";
  return API_HINTS[errorType];
}

const API_HINTS: Readonly<Record<string, string>> = {
  bad_data: "Try the query in Prometheus' own page; in a shell or a YAML file check the quotes around it.",
  execution: "It parses but cannot be evaluated: often several series match where one is expected, or it needs more samples than allowed.",
  timeout: "Ask for fewer series or a shorter range, make a recording rule of it, or raise timeout.",
  canceled: "The server ended the query, perhaps because it is shutting down.",
  unavailable: "Prometheus is starting, or a store behind it is away: see its /-/ready.",
};

/** What to do about an error status that does not come from the API. */
export function foreignHint(status: number, base: string): string | undefined {
  switch (status) {
    case 401:
      return "The credentials are missing or wrong: give auth: bearer(...) or basic(...).";
    case 403:
      return "The credentials are not allowed to query; several tenants need a header such as X-Scope-OrgID.";
    case 404:
      return notFoundHint(base);
    case 405:
      return "A proxy in front allows only some methods; long queries are sent by POST.";
    case 414:
      return "A proxy in front takes only short addresses.";
    case 502:
    case 503:
    case 504:
      return "Prometheus is starting or overloaded, or the proxy in front does not reach it: see its /-/ready.";
    default:
      return status >= 300 && status < 400 ? "It redirects: give the address that it redirects to." : undefined;
  }
}

function notFoundHint(base: string): string {
  const path = base.replace(/^https?:\/\/[^/]*/i, "").replace(/\/+$/, "");
  if (/\/api\/v1(?:\/|$)/.test(path)) return "Leave /api/v1 out of url: errand adds it.";
  if (path === "") return `The API often stands below a prefix: try ${base.replace(/\/+$/, "")}/prometheus.`;
  return `Is ${path} the right prefix? It is what stands before /api/v1, or before /graph in the browser.`;
}
