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

/** As members are spelled in requests to services that begin theirs small. */
export function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

/** The service as the errors of `aws-sdk:` integrations name it: `DynamoDB` is `DynamoDb`, `SESv2` is `SesV2`, `WAFV2` is `Wafv2`. */
export function sdkServiceName(serviceId: string): string {
  return serviceId
    .replace(/ Service$/u, "")
    .split(/[^A-Za-z0-9]+/u)
    .flatMap(wordsOf)
    .map(capitalized)
    .join("");
}

/** An exception as the SDK for Java 2 names its class: the model's `DBInstanceNotFoundFault` is `DbInstanceNotFoundException`. */
export function sdkExceptionName(shape: string): string {
  const name = wordsOf(shape.replace(/(?:Exception|Fault)$/u, ""))
    .map(capitalized)
    .join("");
  return `${name}Exception`;
}

/** Words begin with a capital after a small letter, and with the last of several capitals before a small letter. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/(?<=[A-Z]{2})(?=v\d)/gu, " ")
    .replace(/(?<=[a-z])(?=[A-Z][A-Za-z\d])/gu, " ")
    .replace(/(?<=[A-Z])(?=[A-Z][a-z])/gu, " ")
    .replace(/(?<=\d)(?=[A-Za-z])/gu, " ")
    .split(" ");
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}

/** `DBInstance` is `dbInstance`: the last capital before a small letter begins the next word. */
function lowerLeadingCapitals(name: string): string {
  const capitals = /^[A-Z]+/u.exec(name)?.[0].length ?? 0;
  const beginsWord = capitals > 1 && /[a-z]/u.test(name.charAt(capitals));
  const lowered = beginsWord ? capitals - 1 : capitals;
  return name.slice(0, lowered).toLowerCase() + name.slice(lowered);
}
