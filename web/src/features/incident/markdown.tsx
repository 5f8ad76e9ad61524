import type { ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import { linked } from "./linked.ts";

const linkClass = "text-accent underline";
const heading = ({ children }: { children?: ReactNode }) => <p className="font-semibold">{children}</p>;

/** Where a link leads is not our page, and is told nothing about where it was clicked. */
function Outward({ href, children }: { href?: string | undefined; children: ReactNode }) {
  if (!href) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" className={linkClass}>
      {children}
    </a>
  );
}

const components: Components = {
  a: ({ href, children }) => <Outward href={href}>{children}</Outward>,
  // Nothing is loaded from elsewhere only because somebody reads a comment.
  img: ({ src, alt }) => <Outward href={typeof src === "string" ? src : undefined}>{alt || src}</Outward>,
  // The headings of a comment are no headings of the page.
  h1: heading,
  h2: heading,
  h3: heading,
  h4: heading,
  h5: heading,
  h6: heading,
  p: ({ children }) => <p className="whitespace-pre-line">{children}</p>,
  ul: ({ children }) => <ul className="list-disc pl-6">{children}</ul>,
  ol: ({ children, start }) => (
    <ol start={start} className="list-decimal pl-6">
      {children}
    </ol>
  ),
  blockquote: ({ children }) => (
    <blockquote className="border-line-strong border-l-2 pl-3 text-ink-2">{children}</blockquote>
  ),
  code: ({ children }) => <code className="rounded-sm bg-sunken px-1 py-0.5 text-[0.9em]">{children}</code>,
  pre: ({ children }) => (
    <pre tabIndex={0} className="overflow-x-auto rounded-md border bg-sunken p-2 [&_code]:p-0">
      {children}
    </pre>
  ),
  hr: () => <hr className="border-line" />,
};

const plugins = [linked];

/** Text that people wrote, as Markdown. HTML in it is shown as the text that it is. */
export default function Markdown({ text }: { text: string }) {
  return (
    <div dir="auto" className="foreign flex flex-col gap-2">
      <ReactMarkdown components={components} remarkPlugins={plugins}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
