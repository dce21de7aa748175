/** The fields of `value` that are set: one that is there and `undefined` says as little as one that is left out. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const fields = Object.getOwnPropertyNames(value).map((name): [string, unknown] => [name, Reflect.get(value, name)]);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
