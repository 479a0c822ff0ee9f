/** Who makes a request, and what they may do. */
import { ApiError } from "../api-error.ts";
import { verdictOf, type Policy } from "./policy.ts";

export interface Principal {
  /** As AWS writes it in refusals, such as `arn:aws:iam::123456789012:user/ann`. One for each who can be told apart. */
  readonly arn: string;
  /** For people: a key's name, an e-mail address. */
  readonly name: string;
  /**
   * Whether its policies let it do that.
   * @param action such as `states:StartExecution`
   * @param resource an ARN, or `*` for an action that is on none in particular
   */
  may(action: string, resource: string): boolean;
  /** Throws AccessDeniedException where it may not. */
  authorize(action: string, resource: string): void;
}

/** How it was proved who they are; `none`: it was not. */
export function proofOf({ arn }: Pick<Principal, "arn">): "access" | "key" | "binding" | "none" {
  if (arn.includes(":user/access/")) return "access";
  if (arn.includes(":user/")) return "key";
  return arn.includes(":role/binding/") ? "binding" : "none";
}

/** Whoever needs no key: this machine itself, and the executions, whose calls are made for their state machine. */
export function openPrincipal(accountId: string, name: string): Principal {
  return { arn: `arn:aws:iam::${accountId}:role/${name}`, name, may: () => true, authorize: () => undefined };
}

/**
 * Somebody of this account, with that policy. What is in another account is denied whatever the policy says.
 * @param path what stands before the name in the ARN
 */
export function policyPrincipal(accountId: string, path: `${string}/`, name: string, policy: Policy): Principal {
  const arn = `arn:aws:iam::${accountId}:${path}${name}`;
  const refusal = (action: string, resource: string): string | undefined => {
    if (!isOfAccount(resource, accountId)) return `because no resource-based policy allows the ${action} action`;
    switch (verdictOf(policy, action, resource)) {
      case "allowed":
        return undefined;
      case "denied":
        return "with an explicit deny in an identity-based policy";
      case "not allowed":
        return `because no identity-based policy allows the ${action} action`;
    }
  };
  return {
    arn,
    name,
    may: (action, resource) => refusal(action, resource) === undefined,
    authorize: (action, resource) => {
      const reason = refusal(action, resource);
      if (reason === undefined) return;
      const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
      throw new ApiError("AccessDeniedException", message);
    },
  };
}

/** Whoever asks for what is open to all, and was not asked who they are. */
export const NOBODY: Principal = policyPrincipal("000000000000", "user/", "nobody", []);

/** ARNs without an account, such as a bucket's, are of this one. */
function isOfAccount(resource: string, accountId: string): boolean {
  const owner = resource.startsWith("arn:") ? (resource.split(":")[4] ?? "") : "";
  return owner === "" || owner === accountId;
}
