// JSON as text, for reading: amounts stay as they were written (1000.10), which parsing would not leave them.

// Where the value that begins at `at` ends.
function endOf(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; ++i) {
    const c = text[i]!;
    if (c === '"') { i = endOfString(text, i); if (depth === 0) return i + 1; }
    else if (c === '{' || c === '[') ++depth;
    else if (c === '}' || c === ']') { if (depth === 0) return i; if (--depth === 0) return i + 1; }
    else if (c === ',' && depth === 0) return i;
  }
  return text.length;
}
function endOfString(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}

// The text of a top-level member of an object; null when it is not there, or is null.
export function memberText(text: string, name: string): string | null {
  let i = text.indexOf('{') + 1;
  while (i > 0 && i < text.length) {
    const quote = text.indexOf('"', i);
    if (quote < 0) return null;
    const close = endOfString(text, quote), colon = text.indexOf(':', close), end = endOf(text, colon + 1);
    if (text.slice(quote + 1, close) === name) {
      const value = text.slice(colon + 1, end).trim();
      return value === 'null' ? null : value;
    }
    i = text.indexOf(',', end) + 1;
  }
  return null;
}

// Indented by two; every token as it was.
export function indented(text: string): string {
  let out = '', depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i]!;
    if (c === '"') { const end = endOfString(text, i); out += text.slice(i, end + 1); i = end; }
    else if (/\s/.test(c)) continue;
    else if (c === '{' || c === '[') {
      const rest = /^\s*[}\]]/.exec(text.slice(i + 1, i + 100));
      if (rest) { out += c + rest[0].trim(); i += rest[0].length; } else { ++depth; out += c + line(); }
    } else if (c === '}' || c === ']') { depth = Math.max(0, depth - 1); out += line() + c; }
    else if (c === ',') out += c + line();
    else out += c === ':' ? ': ' : c;
  }
  return out;
}
