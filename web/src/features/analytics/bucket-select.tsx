import { useTranslation } from "react-i18next";
import { type BucketWidth, bucketWidths } from "~/lib/buckets.ts";
import { Select } from "~/ui/field.tsx";

/** Chooses how wide the parts of the span are; "automatic" says which width that is now. */
export function BucketSelect({
  bucket,
  shown,
  onChange,
}: {
  bucket: BucketWidth | undefined;
  /** The width of the answer that is shown. */
  shown: string | undefined;
  onChange: (bucket: BucketWidth | undefined) => void;
}) {
  const { t } = useTranslation("analytics");
  const now = bucketWidths.find((width) => width === shown);
  const auto =
    bucket === undefined && now ? t("bucket.autoOf", { width: t(`bucket.${now}`) }) : t("bucket.auto");
  return (
    <div className="w-52">
      <Select<BucketWidth | "auto">
        label={t("width")}
        value={bucket ?? "auto"}
        choices={[["auto", auto], ...bucketWidths.map((width) => [width, t(`bucket.${width}`)] as const)]}
        onChange={(next) => onChange(next === "auto" ? undefined : next)}
      />
    </div>
  );
}
