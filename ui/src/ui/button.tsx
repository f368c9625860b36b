import type { ButtonHTMLAttributes, ReactNode } from 'react';
import './button.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: 'outline' | 'plain' | 'primary';
  icon?: ReactNode;
}

export function Button({ variant = 'outline', icon, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button button-${variant} ${className}`} {...rest}>
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  // Shown after the label in the tooltip.
  shortcut?: string;
  icon: ReactNode;
}

export function IconButton({ label, shortcut, icon, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`button button-plain button-icon ${className}`}
      aria-label={label}
      title={shortcut ? `${label} (${shortcut})` : label}
      {...rest}
    >
      {icon}
    </button>
  );
}
