import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "~/api/client.ts";
import { ApiError, errorText } from "~/api/problem.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field, Input } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { suggestedKey } from "./words.ts";

/** What a rule needs and may not be there yet. */
export type Missing = "department" | "service" | "metricType";

type Fields = { name: string; key: string; unit: string };

/** Makes a department, a service or a metric type without leaving the rule. */
export function Make({
  thing,
  onClose,
  onMade,
}: {
  thing: Missing;
  onClose: () => void;
  /** Called with what a rule names the thing by: its id, or the key of a metric type. */
  onMade: (thing: Missing, reference: string) => void;
}) {
  const { t } = useTranslation(["rule", "common"]);
  const client = useQueryClient();
  const [fields, setFields] = useState<Partial<Fields>>({});
  const { name = "", unit = "" } = fields;
  const key = fields.key ?? suggestedKey(name);
  const make = useMutation({
    mutationFn: () => post(thing, { name, key, unit }),
    onSuccess: async (reference) => {
      toast(t("make.done", { name }));
      await client.invalidateQueries({ queryKey: [listOf[thing]] });
      onMade(thing, reference);
      onClose();
    },
  });
  const problem = make.error instanceof ApiError ? make.error : undefined;
  const error = (field: keyof Fields) =>
    problem?.fields.get(`/${field}`) ??
    (conflictField[thing] === field && problem?.status === 409 ? problem.message : undefined);
  const placed = (["name", "key", "unit"] as const).some((field) => error(field) !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The form of the rule around it is not meant.
    event.stopPropagation();
    make.mutate();
  };
  return (
    <Dialog open onClose={onClose} title={t(`make.${thing}`)}>
      <form onSubmit={submit} className="flex flex-col gap-3" noValidate>
        <p className="text-ink-2 text-sm">{t(`make.${thing}Hint`)}</p>
        <Field label={t("make.name")} error={error("name")}>
          <Input value={name} onChange={(event) => setFields({ ...fields, name: event.target.value })} />
        </Field>
        {thing === "metricType" && (
          <>
            <Field label={t("make.key")} hint={t("make.keyHint")} error={error("key")}>
              <Input value={key} onChange={(event) => setFields({ ...fields, key: event.target.value })} />
            </Field>
            <Field label={t("make.unit")} optional error={error("unit")}>
              <Input value={unit} onChange={(event) => setFields({ ...fields, unit: event.target.value })} />
            </Field>
          </>
        )}
        {make.error && !placed && (
          <p role="alert" className="foreign text-critical text-sm">
            {t("make.failed")}. {errorText(make.error)}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button type="button" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={make.isPending}>
            {t("common:action.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const listOf: Record<Missing, string> = {
  department: "departments",
  service: "services",
  metricType: "metric-types",
};

const conflictField: Record<Missing, keyof Fields> = {
  department: "name",
  service: "name",
  metricType: "key",
};

async function post(thing: Missing, { name, key, unit }: Fields): Promise<string> {
  switch (thing) {
    case "department":
      return body(await api.POST("/departments", { body: { name } })).data.id;
    case "service":
      return body(await api.POST("/services", { body: { name } })).data.id;
    case "metricType":
      return body(await api.POST("/metric-types", { body: { name, key, unit } })).data.key;
  }
}
