/** The tail of a UUIDv7 tells ids of one moment apart; its head is the time. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

export function ShortId({ id }: { readonly id: string }) {
  return (
    <span className="mono" title={id}>
      {shortId(id)}
    </span>
  );
}
