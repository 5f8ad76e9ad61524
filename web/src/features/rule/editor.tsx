import { useNavigate, useRouter } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, type Ref, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { useHotkeys } from "~/lib/hotkeys.ts";
import { Button } from "~/ui/button.tsx";
import { Card } from "~/ui/card.tsx";
import { Confirm } from "~/ui/dialog.tsx";
import { Field, Input, Switch, TextArea } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import type { Draft } from "./draft.ts";
import { Labels } from "./labels.tsx";
import { Make, type Missing } from "./make.tsx";
import { Preview } from "./preview.tsx";
import type { TrialSpan } from "./search.ts";
import { Sentence } from "./sentence.tsx";
import { useEditor } from "./use-editor.ts";

/** Writes a rule as a sentence, beside what it would have done. */
export function RuleEditor({
  base,
  edited,
  span,
  onSpan,
  release,
  children,
}: {
  /** What the draft begins with; for a rule that exists, the rule as it is. */
  base: Draft;
  edited?: Schemas["Rule"];
  span: TrialSpan;
  onSpan: (span: TrialSpan) => void;
  /** Is given what lets go of the page without asking, e.g. after the rule was deleted. */
  release?: Ref<() => void>;
  /** What stands below the form. */
  children?: ReactNode;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const navigate = useNavigate();
  const router = useRouter();
  const [missing, setMissing] = useState<Missing | null>(null);
  const editor = useEditor(base, edited, span);
  const { draft, change, messages, blocker } = editor;
  useImperativeHandle(release, () => editor.release);
  const idle = edited !== undefined && !editor.dirty;

  const save = () =>
    editor.submit((rule) => {
      if (edited) {
        toast(t("form.saved", { name: rule.name }));
        // The name of the rule stands in the breadcrumb.
        router.invalidate();
        return;
      }
      toast(t(rule.enabled ? "form.created" : "form.createdOff", { name: rule.name }));
      navigate({ to: "/rules" });
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!idle && !editor.saving) save();
  };
  useHotkeys({
    "$mod+s": (event) => {
      event.preventDefault();
      if (!idle && !editor.saving) save();
    },
  });
  const made = (thing: Missing, reference: string) => {
    if (thing === "department") change({ department_id: reference });
    else if (thing === "metricType") change({ metric_type: reference });
    else change({ service_ids: [...draft.service_ids, reference] });
  };
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,6fr)] xl:grid-rows-[auto_1fr]">
      <Card title={t("form.heading")}>
        <form aria-label={t("form.label")} noValidate onSubmit={submit} className="flex flex-col gap-5">
          <Sentence draft={draft} onChange={change} messages={messages} metricTypes={editor.metricTypes} />
          <Labels labels={draft.labels} onChange={(labels) => change({ labels })} messages={messages} />
          <p className="flex flex-wrap gap-x-2 border-b pb-4 text-ink-3 text-xs">
            {t("form.missing")}
            {(["department", "service", "metricType"] as const).map((thing) => (
              <button
                key={thing}
                type="button"
                aria-label={t(`make.${thing}`)}
                onClick={() => setMissing(thing)}
                className="rounded-sm text-ink-2 underline hover:text-ink"
              >
                {t(`make.short.${thing}`)}
              </button>
            ))}
          </p>
          <Field
            label={t("common:field.name")}
            error={messages.get("name")}
            hint={editor.isSuggested ? t("form.nameHint") : undefined}
          >
            <Input value={draft.name} onChange={(event) => change({ name: event.target.value })} />
          </Field>
          <Field
            label={t("form.description")}
            optional
            error={messages.get("description")}
            hint={t("form.descriptionHint")}
          >
            <TextArea
              rows={2}
              value={draft.description}
              onChange={(event) => change({ description: event.target.value })}
            />
          </Field>
          {messages.has("") && (
            <p role="alert" className="foreign text-critical text-sm">
              {messages.get("")}
            </p>
          )}
          <div className="flex flex-wrap items-center justify-between gap-3">
            <Switch
              checked={draft.enabled}
              onChange={(enabled) => change({ enabled })}
              label={t(draft.enabled ? "form.enabled" : "form.disabled")}
            />
            <div className="flex gap-2">
              <Button type="button" onClick={() => navigate({ to: "/rules" })}>
                {t("common:action.cancel")}
              </Button>
              <Button
                type="submit"
                look="primary"
                disabled={idle || editor.saving}
                title={idle ? t("form.unchanged") : undefined}
                aria-keyshortcuts="Control+S"
              >
                {editor.saving ? t("form.saving") : edited ? t("common:action.save") : t("form.create")}
              </Button>
            </div>
          </div>
        </form>
      </Card>
      <div className="min-w-0 xl:sticky xl:top-16 xl:col-start-2 xl:row-span-2 xl:row-start-1">
        <Preview draft={draft} metric={editor.metric} query={editor.preview} span={span} onSpan={onSpan} />
      </div>
      {children && <div className="flex min-w-0 flex-col gap-4">{children}</div>}
      {missing && <Make thing={missing} onClose={() => setMissing(null)} onMade={made} />}
      <Confirm
        open={blocker.status === "blocked"}
        onClose={() => blocker.reset?.()}
        onConfirm={() => blocker.proceed?.()}
        title={t("leave.title")}
        action={t("leave.action")}
      >
        {t("leave.text")}
      </Confirm>
    </div>
  );
}
