/** Who makes a request, and what they may do. */

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
}

/** Whoever needs no key: this machine itself, and the executions, whose calls are made for their state machine. */
export function openPrincipal(accountId: string, name: string): Principal {
  return { arn: `arn:aws:iam::${accountId}:role/${name}`, name, may: () => true };
}
