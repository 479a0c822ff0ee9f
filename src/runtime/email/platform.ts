/** E-mail of a deployment, by its bindings and settings. */
import { readConfig, type Env } from "../../env.ts";
import { mailSender, type SendMail } from "./email.ts";

export function mailOf(env: Env): SendMail {
  return mailSender({
    binding: readConfig(env).email?.binding,
    findBinding: (name) => sendEmailOf(env, name),
    wrap: async (from, to, raw) => {
      // Imported where it is needed: what runs in Node has no such module.
      const { EmailMessage } = await import("cloudflare:email");
      return new EmailMessage(from, to, raw);
    },
  });
}

function sendEmailOf(env: Env, name: string): SendEmail | undefined {
  const binding = (env as unknown as Record<string, unknown>)[name];
  // A queue sends as well; locally the binding is a service, which has a member of any name.
  const isBinding =
    typeof binding === "object" && binding !== null && "send" in binding && binding.constructor.name !== "WorkerQueue";
  return isBinding ? (binding as SendEmail) : undefined;
}
