import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, buttonClass } from "./button.tsx";
import { Page } from "./page.tsx";
import { Empty, Failure } from "./state.tsx";

/** A page that failed while it was drawn or loaded; the frame around it still works. */
export function PageFailure({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  const status = error && typeof error === "object" && "status" in error ? error.status : undefined;
  if (status === 404) return <PageNotFound />;
  return (
    <Page name={t("state.errorTitle")}>
      <Failure error={error} {...(reset ? { onRetry: reset } : {})} />
    </Page>
  );
}

/** An address with nothing behind it. */
export function PageNotFound() {
  const { t } = useTranslation();
  return (
    <Page name={t("state.notFoundTitle")}>
      <Empty
        icon={<Compass />}
        title={t("state.notFoundHint")}
        action={
          <>
            <Button onClick={() => history.back()}>{t("action.back")}</Button>
            <a href="/" className={buttonClass("primary")}>
              Tracely
            </a>
          </>
        }
      />
    </Page>
  );
}
