/** The rules for what comes from elsewhere; each answers what breaks it. */

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const REGISTRY = "https://registry.npmjs.org/";
/** Of what is deployed. */
const LICENSES = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"]);

/**
 * npm leaves the address out where it is the registry's.
 *
 * What is built for another machine than the one that wrote the lockfile is named as well: `npm ci` refuses a lockfile that
 * leaves it out, and `npm install` would not install it on that other machine.
 */
export function lockfileFaults({ packages }: Lockfile): readonly string[] {
  const names = new Set(Object.keys(packages).map(nameOf));
  return Object.entries(packages).flatMap(([path, locked]) => {
    // The project itself.
    if (path === "") return [];
    const name = nameOf(path);
    const optional = Object.keys(locked.optionalDependencies ?? {});
    const isDeployed = locked.dev !== true && locked.devOptional !== true;
    return [
      ...(locked.link === true ? [`${name} is a link to a folder`] : []),
      ...(locked.integrity?.startsWith("sha512-") === true ? [] : [`${name} has no SHA-512 in the lockfile`]),
      ...(locked.resolved?.startsWith(REGISTRY) === false ? [`${name} comes from ${locked.resolved}`] : []),
      ...(isDeployed && !LICENSES.has(locked.license ?? "")
        ? [`${name} is deployed under ${locked.license ?? "no license"}`]
        : []),
      ...optional
        .filter((x) => !names.has(x))
        .map((missing) => `${name} needs ${missing} on some machines: not locked`),
    ];
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function pinFaults({ dependencies, devDependencies }: Manifest): readonly string[] {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/u.test(version))
    .map(([name, version]) => `${name} is not pinned: ${version}`);
}

const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  "code out of a text: eval": /(?<![\w$."'])eval\s*\((?![^)]*\)\s*\{)/u,
  "code out of a text: new Function": /\bnew\s+Function\s*\(/u,
  "code out of a text: Function()": /(?<![\w$.])Function\s*\(\s*["'`]/u,
  "a module of Node": /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']node:/u,
  "a file of this machine": /\bimport\.meta\.(?:dirname|filename)\b/u,
};

/** How a library finds the global object where there is neither `window` nor `self`; a Worker has one. */
const UNREACHED = 'self.Math == Math ? self : Function("return this")()';

export function bundleFaults(text: string): readonly string[] {
  const bundle = text.replaceAll(UNREACHED, "");
  return Object.entries(FORBIDDEN).flatMap(([what, pattern]) => {
    const found = pattern.exec(bundle);
    return found === null
      ? []
      : [`the bundle has ${what}: ${bundle.slice(Math.max(0, found.index - 60), found.index + 60)}`];
  });
}
