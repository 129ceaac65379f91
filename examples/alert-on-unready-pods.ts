// Pods that are not ready, told to Slack: the lesson's monitoring script.
import { secret } from "errand";
import { Cluster } from "errand/kubernetes";
import { Slack } from "errand/slack";

const cluster = Cluster.fromEnv();
const slack = new Slack({ webhook: secret("env:SLACK_WEBHOOK") });

const pods = await cluster.pods({ namespace: "shop" });
const unready = pods.filter((pod) => !pod.ready);
if (unready.length > 0)
  await slack.send({
    text: `${unready.length} of ${pods.length} pods are not ready: ${unready.map(({ name, status }) => `${name} (${status})`).join(", ")}`,
  });
console.log(`${pods.length} pods, ${unready.length} not ready`);
await Promise.all([cluster.close(), slack.close()]);
// prints: 2 pods, 0 not ready
