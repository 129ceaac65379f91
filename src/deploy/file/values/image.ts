import { text } from "../shape/scalars.ts";

/** distribution/reference: [domain[:port]/]path[:tag][@algorithm:digest]; the path is lower case. */
const pattern =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** An image reference. Kubernetes itself accepts anything and fails when it pulls. */
export const image = text({
  takes: "an image such as registry.example.com/web:1.8.2",
  pattern,
  refuse: (reference) => (/\$[\w{(]/.test(reference) ? "variables are not expanded in a deploy file; write the image out" : undefined),
});
