import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { axeFindings } from '../testing/axe';
import { Resizer } from './resizer';

function renderResizer(direction: 1 | -1, value = 50) {
  const onChange = vi.fn();
  render(
    <Resizer
      label="Height"
      orientation="horizontal"
      value={value}
      min={10}
      max={60}
      step={20}
      direction={direction}
      valueAt={() => 0}
      onChange={onChange}
    />,
  );
  screen.getByRole('separator', { name: 'Height' }).focus();
  return onChange;
}

test('arrows move it, up to its limits', async () => {
  const onChange = renderResizer(1);
  await userEvent.keyboard('{ArrowUp}{ArrowDown}{ArrowLeft}');
  expect(onChange.mock.calls).toEqual([[30], [60]]);
});

test('a panel below grows when its border moves up', async () => {
  const onChange = renderResizer(-1, 20);
  await userEvent.keyboard('{ArrowUp}');
  expect(onChange.mock.calls).toEqual([[40]]);
});

test('it tells its value', async () => {
  renderResizer(1);
  expect(screen.getByRole('separator').getAttribute('aria-valuenow')).toBe('50');
  // A lone element belongs to no landmark; everything else must hold.
  expect((await axeFindings()).filter((finding) => !finding.startsWith('region'))).toEqual([]);
});
