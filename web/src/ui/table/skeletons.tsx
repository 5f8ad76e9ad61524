import { Skeleton } from "../state.tsx";

const skeletonKeys = Array.from({ length: 8 }, (_, index) => `skeleton-${index}`);

/** Rows before there are any. */
export function RowSkeletons({ columns }: { columns: number }) {
  return skeletonKeys.map((key) => (
    <tr key={key} className="h-9">
      <td colSpan={columns} className="px-4">
        <Skeleton className="h-4 w-full" />
      </td>
    </tr>
  ));
}

/** Cards before there are any. */
export function CardSkeletons() {
  return skeletonKeys.map((key) => (
    <li key={key} className="px-4 py-3">
      <Skeleton className="h-10 w-full" />
    </li>
  ));
}
