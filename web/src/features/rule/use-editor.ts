import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { ApiError, errorText, hasStatus } from "~/api/problem.ts";
import { metricTypesQuery } from "~/api/queries/metrics.ts";
import { previewQuery } from "~/api/queries/rules.ts";
import { toast } from "~/ui/toast.tsx";
import { type Changes, changedFields, type Draft, patchOf, requestOf, trialOf } from "./draft.ts";
import { type Messages, messagesOf, touchedMessages } from "./messages.ts";
import { useSave } from "./mutations.ts";
import { namesOf, useServices } from "./names.ts";
import type { TrialSpan } from "./search.ts";
import { suggestedName } from "./words.ts";

const none: Messages = new Map();

/**
 * The state of a rule that is written: what was changed over the rule as it is on the server, what the server says of
 * it, and what it would have done. Leaving with changes asks.
 */
export function useEditor(base: Draft, edited: Schemas["Rule"] | undefined, span: TrialSpan) {
  const { t, i18n } = useTranslation(["rule", "common"]);
  const [changes, setChanges] = useState<Changes>({});
  const [refused, setRefused] = useState<Messages>(none);
  const [attempted, setAttempted] = useState(false);
  const leaving = useRef(false);
  const save = useSave(edited?.id);
  const metricTypes = useQuery(metricTypesQuery()).data ?? [];

  const merged = { ...base, ...changes };
  const metric = metricTypes.find((type) => type.key === merged.metric_type);
  const services = namesOf(useServices(merged.service_ids.slice(0, 2)).values());
  const suggested = suggestedName(t, i18n.language, merged, metric, services);
  const isSuggested = merged.name === "" && changes.name === undefined && !edited;
  const draft = isSuggested ? { ...merged, name: suggested } : merged;
  const dirty = Object.keys(changedFields(base, changes)).length > 0;

  const preview = useQuery({
    ...previewQuery(trialOf(draft, metric?.max), edited?.id, span),
    enabled: metric !== undefined,
  });
  // What was wrong stays until the next answer, so that messages do not flicker while somebody types.
  const [heard, setHeard] = useState(preview.error);
  if (preview.fetchStatus === "idle" && heard !== preview.error) setHeard(preview.error);
  const objections = heard instanceof ApiError ? messagesOf(heard.fields) : none;
  const touched = new Set(attempted ? Object.keys(draft) : Object.keys(changes));
  const messages: Messages = new Map([...refused, ...touchedMessages(objections, touched)]);

  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !leaving.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty && !leaving.current,
    withResolver: true,
  });

  const change = (fields: Changes) => {
    setChanges({ ...changes, ...fields });
    const changed = new Set(Object.keys(fields));
    setRefused(new Map([...refused].filter(([field]) => !changed.has(field.split("/")[0] ?? ""))));
  };
  const refuse = (error: unknown) => {
    if (hasStatus(error, 422)) setRefused(messagesOf(error.fields));
    else if (hasStatus(error, 409)) setRefused(new Map([["name", error.message]]));
    else if (edited && hasStatus(error, 404)) toast(t("form.gone"), { kind: "error" });
    else toast(t("form.failed"), { kind: "error", detail: errorText(error) });
  };
  const submit = async (onSaved: (rule: Schemas["Rule"]) => void) => {
    setAttempted(true);
    try {
      const rule = await save.mutateAsync(edited ? patchOf(base, changes) : requestOf(draft));
      setRefused(none);
      setAttempted(false);
      // A rule that stays open goes on from what was saved; a new one is left.
      if (edited) setChanges({});
      else leaving.current = true;
      onSaved(rule);
    } catch (error) {
      refuse(error);
    }
  };
  const release = () => {
    leaving.current = true;
  };
  return {
    draft,
    change,
    messages,
    metric,
    metricTypes,
    isSuggested,
    dirty,
    preview,
    blocker,
    submit,
    release,
    saving: save.isPending,
  };
}
