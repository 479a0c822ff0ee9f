/**
 * How the names of the services' models are spelled in a state machine: those of the AWS SDK for Java 2, which the
 * integrations are built on.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */

/** The service as `aws-sdk:` resources name it, by the serviceId of its model: `CloudWatch Logs` is `cloudwatchlogs`, `Config Service` is `config`. */
export function serviceNameOf(serviceId: string): string {
  return serviceId
    .replace(/ Service$/u, "")
    .replaceAll(/[^A-Za-z0-9]/gu, "")
    .toLowerCase();
}

/** The action as a resource names it: `GetItem` is `getItem`. */
export function actionNameOf(operation: string): string {
  return lowerLeadingCapitals(operation);
}

/**
 * A member as the results of `aws-sdk:` integrations name it: capitals at its beginning become one word (`KMSKeyId` is
 * `KmsKeyId`), those further on stay (recorded: `ChecksumCRC32`, `ETag`). Of the names that Java has taken, the guide says
 * how it calls one.
 */
export function sdkMemberName(member: string): string {
  if (member === "equals") return "EqualsValue";
  return upperFirst(lowerLeadingCapitals(member));
}

/** A member as the results of the optimized integrations name it (recorded: `MD5OfMessageBody`, `StartDate`). */
export function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** `DBInstance` is `dbInstance`: the last capital before a small letter begins the next word. */
function lowerLeadingCapitals(name: string): string {
  const capitals = /^[A-Z]+/u.exec(name)?.[0].length ?? 0;
  const beginsWord = capitals > 1 && /[a-z]/u.test(name.charAt(capitals));
  const lowered = beginsWord ? capitals - 1 : capitals;
  return name.slice(0, lowered).toLowerCase() + name.slice(lowered);
}
