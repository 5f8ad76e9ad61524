import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Copy, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { hasStatus } from "~/api/problem.ts";
import { ruleQuery } from "~/api/queries/rules.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Page } from "~/ui/page.tsx";
import { DeleteRule } from "./delete-rule.tsx";
import { draftOf } from "./draft.ts";
import { RuleEditor } from "./editor.tsx";
import { RuleFacts, RuleIncidents } from "./facts.tsx";
import type { TrialSpan } from "./search.ts";

/** A rule that exists: to read, to change, to delete. */
export function RulePage({
  rule: loaded,
  span,
  onSpan,
}: {
  rule: Schemas["Rule"];
  span: TrialSpan;
  onSpan: (span: TrialSpan) => void;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const release = useRef<(() => void) | null>(null);
  const { data: rule = loaded, error } = useQuery(ruleQuery(loaded.id));
  return (
    <Page
      name={rule.name}
      actions={
        <>
          <Link to="/rules/new" search={{ from: rule.id }} className={buttonClass()}>
            <Copy aria-hidden />
            {t("list.duplicate")}
          </Link>
          <Button look="danger" onClick={() => setAsked(true)}>
            <Trash2 aria-hidden />
            {t("common:action.delete")}
          </Button>
        </>
      }
    >
      {hasStatus(error, 404) && (
        <p
          role="alert"
          className="rounded-md border border-critical bg-critical-soft px-3 py-2 text-critical"
        >
          {t("form.gone")}
        </p>
      )}
      <RuleEditor base={draftOf(rule)} edited={rule} span={span} onSpan={onSpan} release={release}>
        <RuleFacts rule={rule} />
        <RuleIncidents rule={rule} />
      </RuleEditor>
      <DeleteRule
        rule={asked ? rule : null}
        onClose={() => setAsked(false)}
        onDeleted={() => {
          release.current?.();
          navigate({ to: "/rules" });
        }}
      />
    </Page>
  );
}
