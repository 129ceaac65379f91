export { serverDifferences, type ServerDifference } from "../../services/kubernetes/index.ts";
