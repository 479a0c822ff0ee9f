/** `npm run fuzz:tokens -- --count 100000 --seed 1`: forged task tokens through the whole API; none may be taken or wake an object. */
import { parseArgs } from "node:util";
import { Fixture, SEALER, tokenFor } from "../../test/api/fixture.ts";
import { mutatedTokens } from "./mutated-tokens.ts";
import { writeRecord } from "./record.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const startedAt = Date.now();
const api = new Fixture();

const control = tokenFor("arn:aws:states:us-east-1:123456789012:execution:orders:control");
const { status } = await api.call("SendTaskHeartbeat", { taskToken: control });
if (status !== 200 || api.executions.size !== 1) throw new Error("A real token is not taken: nothing would be proved");
api.executions.clear();

let [tried, accepted, untyped] = [0, 0, 0];
for (const [way, taskToken] of mutatedTokens(SEALER, count, seed)) {
  const reply = await (tried % 2 === 0
    ? api.call("SendTaskSuccess", { taskToken, output: "1" })
    : api.call("SendTaskFailure", { taskToken, error: "E" }));
  tried += 1;
  if (reply.status === 200) accepted += 1;
  // A text that no token may be is refused by the shape of the request.
  else if (reply.status !== 400 || !["InvalidToken", "ValidationException"].includes(reply.body.__type ?? ""))
    untyped += 1;
  if (reply.status === 200 || api.executions.size > 0) console.error(`${way}: ${taskToken}`);
}

const woken = api.executions.size;
const command = `npm run fuzz:tokens -- --count ${count} --seed ${seed}`;
const figures = { mutated: tried, accepted, "objects woken": woken, "answers of another kind": untyped, seed };
writeRecord("tokens", command, startedAt, figures);
console.log(figures);
if (accepted + woken + untyped > 0) process.exitCode = 1;
