import { CircleAlert } from 'lucide-react';
import { memo } from 'react';
import { formatCount, formatCountOf } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { Pill } from '../../../ui/badges';
import { isRepeatedColor } from '../../../ui/service-color';
import { spanText } from '../span-text';
import { useSession } from '../trace-session';
import { RowFrame, type RowPlacement } from './row-frame';
import { barStyle } from './span-bar';

interface GroupRowProps extends RowPlacement {
  group: number;
}

// Identical siblings in one row: how many they are, and what they cost together.
export const GroupRow = memo(function GroupRow({ group, ...placement }: GroupRowProps) {
  const { model } = useSession();
  const { groups } = model;
  const first = groups.first[group];
  const members = groups.members[group];
  const text = spanText(model, first);
  const parent = model.parent[first];
  // One after the other, and to a database: what a list that is loaded item by item looks like.
  const oneByOne = groups.totalNs[group] <= groups.endNs[group] - groups.startNs[group];
  const looksLikeNPlusOne = text.dbSystem !== '' && oneByOne;

  return (
    <RowFrame
      {...placement}
      row={~group}
      level={model.level[first] - 1}
      siblingIndex={model.siblingIndex[first]}
      siblingCount={model.childCount[parent]}
      childCount={members}
      showCount={false}
      selected={false}
      matched={false}
      failed={false}
      style={barStyle(model, groups.startNs[group], groups.endNs[group], text.service.slot)}
      tree={
        <>
          <span className="waterfall-edge" data-repeated={isRepeatedColor(text.service.slot)} />
          <span className="waterfall-times" title={`${formatCountOf(members, 'identical span')} in a row`}>
            ×{formatCount(members)}
          </span>
          {groups.errors[group] > 0 && (
            <CircleAlert
              className="waterfall-error-below"
              size={13}
              aria-label={`${formatCountOf(groups.errors[group], 'error')} below`}
            />
          )}
          <span className="waterfall-names" title={`${text.service.name} ${text.operation}\n${text.resource}`}>
            <b>{text.service.name}</b> {text.operation}
            {text.resource !== text.operation && <i> {text.resource}</i>}
          </span>
          <span className="waterfall-pills">
            {looksLikeNPlusOne && (
              <span
                className="badge badge-warning"
                title="The same query again and again, one after the other. One query for all items is usually faster."
              >
                N+1?
              </span>
            )}
            {text.dbSystem && <Pill>{text.dbSystem}</Pill>}
          </span>
        </>
      }
      time={
        <>
          <span
            className="waterfall-bar waterfall-bar-group"
            title={`${formatCountOf(members, 'span')}, ${formatDuration(groups.totalNs[group])} together`}
          />
          <span className="waterfall-label">
            ×{formatCount(members)}, {formatDuration(groups.totalNs[group])}
          </span>
        </>
      }
    />
  );
});
