/** The box that selects a row; tells whether shift was held, which selects a whole stretch. */
export function RowCheckbox({
  checked,
  label,
  onToggle,
}: {
  checked: boolean;
  label: string;
  onToggle: (stretch: boolean) => void;
}) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      onChange={(event) => onToggle((event.nativeEvent as globalThis.MouseEvent).shiftKey === true)}
      className="size-4 align-middle accent-accent"
    />
  );
}
