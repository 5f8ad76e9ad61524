/** A node of the Markdown tree, as much of it as is needed here. */
type Node = { type: string; value?: string; url?: string; children?: Node[] };

const address = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g;

/** A remark plugin that turns addresses in the text into links, as everybody expects who pastes one. */
export function linked() {
  return (tree: Node) => visit(tree);
}

function visit(node: Node): void {
  if (!node.children || node.type === "link" || node.type === "linkReference") return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "text") return split(child.value ?? "");
    visit(child);
    return [child];
  });
}

function split(text: string): Node[] {
  const nodes: Node[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    if (match.index > end) nodes.push({ type: "text", value: text.slice(end, match.index) });
    nodes.push({ type: "link", url: match[0], children: [{ type: "text", value: match[0] }] });
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push({ type: "text", value: text.slice(end) });
  return nodes;
}
