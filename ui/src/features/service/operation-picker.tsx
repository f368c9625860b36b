import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Pin } from 'lucide-react';
import { setServiceSettings } from '../../api/client';
import type { ServiceOverTime } from '../../api/types';
import { Button } from '../../ui/button';
import { TermHelp } from '../glossary/term-help';
import './operation-picker.css';

interface OperationPickerProps {
  data: ServiceOverTime;
  onChoose: (operation: string) => void;
}

// By which operation requests come in, of those that a service has.
export function OperationPicker({ data, onChoose }: OperationPickerProps) {
  const { operation, service, env } = data;
  const operations = data.operations.includes(operation) ? data.operations : [operation, ...data.operations];
  const client = useQueryClient();
  const pin = useMutation({
    mutationFn: () => setServiceSettings(service.name, env, { primary_operation: operation }),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <span className="operation-picker">
      {operations.length > 1 ? (
        <label>
          Operation{' '}
          <select className="input" value={operation} onChange={(event) => onChoose(event.target.value)}>
            {operations.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <span>
          Operation <code>{operation}</code>
        </span>
      )}
      <TermHelp label="Operation" terms={['operation', 'primary-operation']} />
      {operations.length > 1 && (
        <Button
          variant="plain"
          icon={<Pin size={13} aria-hidden />}
          title="Lists show this operation’s figures as the service’s"
          disabled={pin.isPending}
          onClick={() => pin.mutate()}
        >
          {pin.isSuccess ? 'It is the primary one' : 'Make it the primary one'}
        </Button>
      )}
      {pin.isError && <span role="alert">It wasn’t pinned: {pin.error.message}</span>}
    </span>
  );
}
