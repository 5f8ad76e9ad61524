import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client.ts";
import { ApiError, hasStatus } from "~/api/problem.ts";
import { useServiceChanges } from "~/api/queries/services.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Field, Input, TextArea } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { slug } from "./slug.ts";

type Service = Schemas["Service"];

/** Creates a service, or changes one. */
export default function ServiceDialog({
  service,
  onClose,
  onSaved,
}: {
  /** The service to change; a new one when absent. */
  service?: Service;
  onClose: () => void;
  onSaved: (service: Service) => void;
}) {
  const { t } = useTranslation(["service", "common"]);
  const [name, setName] = useState(service?.name ?? "");
  // While nobody wrote a key it follows the name, and the server makes it.
  const [key, setKey] = useState<string | null>(service?.key ?? null);
  const [description, setDescription] = useState(service?.description ?? "");
  const [failure, setFailure] = useState<unknown>();
  const { create, update } = useServiceChanges();
  const busy = create.isPending || update.isPending;
  const { fields, general } = wordsOf(failure);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const request = {
      name: name.trim(),
      description: description.trim(),
      ...(key ? { key: key.trim() } : {}),
    };
    try {
      const saved = service
        ? await update.mutateAsync({ id: service.id, ...request })
        : await create.mutateAsync(request);
      toast(t(service ? "common:state.saved" : "common:state.created"), { detail: saved.name });
      onSaved(saved);
    } catch (error) {
      setFailure(error);
    }
  };

  return (
    <Dialog open onClose={onClose} title={service ? t("edit", { name: service.name }) : t("new")}>
      <form onSubmit={save} className="flex flex-col gap-4">
        <Field label={t("common:field.name")} error={fields.get("/name")}>
          <Input
            autoFocus
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field
          label={t("common:field.key")}
          optional={!service}
          hint={
            service && key !== service.key
              ? t("form.keyWarning", { key: service.key })
              : t(key === null && name ? "form.keySuggested" : "form.keyHint")
          }
          error={fields.get("/key")}
        >
          <Input
            required={service !== undefined}
            maxLength={64}
            spellCheck={false}
            autoCapitalize="none"
            value={key ?? slug(name)}
            onChange={(event) => setKey(event.target.value || (service ? "" : null))}
          />
        </Field>
        <Field label={t("common:field.description")} optional error={fields.get("/description")}>
          <TextArea
            maxLength={2000}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        {general !== undefined && (
          <p role="alert" className="foreign text-critical text-sm">
            {general || t("common:state.serverError")}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common:action.cancel")}</Button>
          <Button type="submit" look="primary" disabled={busy}>
            {t(service ? "common:action.save" : "common:action.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What went wrong, at the field where it belongs. A conflict is always about the key. */
function wordsOf(failure: unknown): { fields: ReadonlyMap<string, string>; general: string | undefined } {
  if (failure === undefined) return { fields: new Map(), general: undefined };
  if (hasStatus(failure, 409)) return { fields: new Map([["/key", failure.message]]), general: undefined };
  if (failure instanceof ApiError && failure.fields.size > 0) {
    return { fields: failure.fields, general: undefined };
  }
  return { fields: new Map(), general: failure instanceof Error ? failure.message : "" };
}
