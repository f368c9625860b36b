import { CircleAlert } from 'lucide-react';
import { memo } from 'react';
import { formatCountOf } from '../../../format/count';
import { formatDuration } from '../../../format/duration';
import { HttpStatus, Pill } from '../../../ui/badges';
import { isRepeatedColor } from '../../../ui/service-color';
import { SPAN_FLAGS } from '../../../viz/trace-model';
import { spanOddities, spanText, spanTooltip } from '../span-text';
import { useSession } from '../trace-session';
import { Marked } from './marked';
import { RowFrame, type RowPlacement } from './row-frame';
import { barStyle, SpanBar } from './span-bar';

interface SpanRowProps extends RowPlacement {
  span: number;
  selected: boolean;
  matched: boolean;
  terms: readonly string[];
  criticalPath: boolean;
}

export const SpanRow = memo(function SpanRow({
  span,
  selected,
  matched,
  terms,
  criticalPath,
  ...placement
}: SpanRowProps) {
  const { model } = useSession();
  const text = spanText(model, span);
  const failed = model.failed[span] === 1;
  const errorsBelow = model.errorsBelow[span];
  const parent = model.parent[span];
  const words = matched ? terms : [];

  return (
    <RowFrame
      {...placement}
      row={span}
      level={model.level[span]}
      siblingIndex={model.siblingIndex[span]}
      siblingCount={parent < 0 ? model.rootCount : model.childCount[parent]}
      childCount={model.childCount[span]}
      showCount
      selected={selected}
      matched={matched}
      failed={failed}
      style={barStyle(model, model.start[span], model.end[span], text.service.slot, model.latestEnd[span])}
      tree={
        <>
          <span className="waterfall-edge" data-repeated={isRepeatedColor(text.service.slot)} />
          {failed && <CircleAlert className="waterfall-error-own" size={13} aria-label="failed" />}
          {!failed && errorsBelow > 0 && (
            <CircleAlert
              className="waterfall-error-below"
              size={13}
              aria-label={`${formatCountOf(errorsBelow, 'error')} below`}
            />
          )}
          <span
            className="waterfall-names"
            title={`${text.service.name} ${text.operation}\n${text.resource}${text.errorLine && `\n${text.errorLine}`}`}
          >
            <b>
              <Marked text={text.service.name} terms={words} />
            </b>{' '}
            <Marked text={text.operation} terms={words} />
            {text.resource !== text.operation && (
              <i>
                {' '}
                <Marked text={text.resource} terms={words} />
              </i>
            )}
            {failed && text.errorLine && (
              <em>
                {' '}
                <Marked text={text.errorLine} terms={words} />
              </em>
            )}
          </span>
          <span className="waterfall-pills">
            {spanOddities(model, span).map((oddity) => (
              <Pill key={oddity.name} title={oddity.meaning}>
                {oddity.name}
              </Pill>
            ))}
            {text.httpMethod && <Pill>{text.httpMethod}</Pill>}
            {text.httpStatus > 0 && <HttpStatus code={text.httpStatus} />}
            {text.dbSystem && <Pill>{text.dbSystem}</Pill>}
          </span>
        </>
      }
      time={
        <>
          <SpanBar
            span={span}
            failed={failed}
            unfinished={(model.flags[span] & SPAN_FLAGS.unfinished) !== 0}
            criticalPath={criticalPath}
          />
          <span className="waterfall-label" title={spanTooltip(model, span)}>
            {formatDuration(model.skeleton.spans.duration[span])}
          </span>
        </>
      }
    />
  );
});
