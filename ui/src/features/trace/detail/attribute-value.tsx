import { useState } from 'react';
import { asWebAddress } from './attribute-groups';
import './attribute-value.css';

const CLAMP_CHARACTERS = 400;

// A value of a tag: text and nothing but text, a link when it is a web address, cut when it is long.
export function AttributeValue({ value }: { value: string | number }) {
  const [open, setOpen] = useState(false);
  const address = asWebAddress(value);
  if (address) {
    return (
      <a className="attribute-value mono" href={address} target="_blank" rel="noopener noreferrer">
        {value}
      </a>
    );
  }
  if (typeof value === 'number') return <span className="attribute-value attribute-number mono">{String(value)}</span>;
  if (value === '') return <span className="attribute-value attribute-empty">empty</span>;
  const long = value.length > CLAMP_CHARACTERS || value.split('\n').length > 5;
  return (
    <span className="attribute-value mono">
      <bdi className={long && !open ? 'attribute-clamped' : undefined}>{value}</bdi>
      {long && (
        <button type="button" className="attribute-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : 'Show all'}
        </button>
      )}
    </span>
  );
}
