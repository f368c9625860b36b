// Accessibility findings of what a test rendered. Contrast needs real pixels; dev/screens.mjs looks at that.

import axe from 'axe-core';

export async function axeFindings(root: Element = document.body): Promise<string[]> {
  const { violations } = await axe.run(root, {
    rules: { 'color-contrast': { enabled: false } },
    resultTypes: ['violations'],
  });
  return violations.map((finding) => `${finding.id}: ${finding.nodes.map((node) => node.html).join('\n')}`);
}
