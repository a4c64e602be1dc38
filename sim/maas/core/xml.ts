/** A tree of XML elements: what hardware descriptions are made of and written as. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Empty for an element that has children. */
  readonly text: string;
}

/** @param content the text, or the children */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content?: string | number | readonly XmlElement[],
): XmlElement {
  return typeof content === 'object'
    ? { name, attributes, children: content, text: '' }
    : { name, attributes, children: [], text: content === undefined ? '' : String(content) };
}

/** The document as text, with its declaration. */
export function xmlText(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function write({ name, attributes, children, text }: XmlElement, indent: string): string {
  const open = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const head = `${indent}<${name}${open.join('')}`;
  if (children.length === 0) {
    return text === '' ? `${head}/>\n` : `${head}>${escaped(text)}</${name}>\n`;
  }
  const inner = children.map((child) => write(child, `${indent}  `)).join('');
  return `${head}>\n${inner}${indent}</${name}>\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
