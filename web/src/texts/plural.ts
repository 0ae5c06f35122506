// Which form of a word a number takes: "1 киоск, 2 киоска, 5 киосков" is the browser's knowledge, not ours.
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const rules = new Map<string, Intl.PluralRules>();

export function plural(language: string, n: number, forms: Forms): string {
  let rule = rules.get(language);
  if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
  return forms[rule.select(n)] ?? forms.other;
}
