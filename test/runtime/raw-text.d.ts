declare module "*?raw" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export
  export default text;
}

/** Vite's: what matches, by its path. */
interface ImportMeta {
  glob(pattern: string, options: { query: "?raw"; import: "default"; eager: true }): Readonly<Record<string, string>>;
}
