const WIDTH = 64;

// A part of a whole, 0…1, as a bar beside its number.
export function ShareBar({ share }: { share: number }) {
  return (
    <svg className="share-bar" width={WIDTH} height={8} aria-hidden>
      <rect className="share-bar-ground" width={WIDTH} height={8} rx={2} />
      {share > 0 && (
        <rect className="share-bar-part" width={Math.max(1.5, WIDTH * Math.min(1, share))} height={8} rx={2} />
      )}
    </svg>
  );
}
