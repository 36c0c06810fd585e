import { Anchor, Paper, Stack, Table, Tabs, Title } from '@mantine/core';
import { ExternalLink } from 'lucide-react';
import type { Provider } from '../api/types';
import { CodeText } from '../parts/code-text';
import { EmptyState } from '../parts/empty-state';
import { JsonView } from '../parts/json-view';
import { Markdown } from '../parts/markdown';
import { VERIFY_EXAMPLES } from './verify-signature';

interface ProviderDocumentationProps {
  readonly provider: Provider | null;
  /** Its requests carry a Standard Webhooks signature. */
  readonly signs: boolean;
}

/** What whoever runs the receiving side needs to know. */
export function ProviderDocumentation({ provider, signs }: ProviderDocumentationProps) {
  const documentation = provider?.documentation;
  if (!provider || !documentation) {
    return (
      <Paper>
        <EmptyState title="There is no guide">
          This provider comes without one: ask whoever wrote it.
        </EmptyState>
      </Paper>
    );
  }
  const { setupGuide, headers, examplePayload, link } = documentation;
  return (
    <Stack gap="md">
      <Paper p="md">
        <Markdown text={setupGuide} />
        {link !== null && (
          <Anchor href={link} target="_blank" rel="noreferrer" size="sm">
            {new URL(link).host} <ExternalLink size={13} aria-hidden />
          </Anchor>
        )}
      </Paper>
      {headers.length > 0 && (
        <Paper p="md">
          <Title order={2} mb="xs">
            Headers to expect
          </Title>
          <Table aria-label="Headers to expect">
            <Table.Tbody>
              {headers.map(({ name, description }) => (
                <Table.Tr key={name}>
                  <Table.Td ff="monospace" style={{ whiteSpace: 'nowrap' }}>
                    {name}
                  </Table.Td>
                  <Table.Td>{description}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Paper>
      )}
      {signs && (
        <Paper p="md">
          <Title order={2} mb="xs">
            Verify the signature
          </Title>
          <Tabs defaultValue={VERIFY_EXAMPLES[0]?.language} keepMounted={false}>
            <Tabs.List mb="xs">
              {VERIFY_EXAMPLES.map(({ language }) => (
                <Tabs.Tab key={language} value={language}>
                  {language}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {VERIFY_EXAMPLES.map(({ language, code }) => (
              <Tabs.Panel key={language} value={language}>
                <CodeText text={code} label={`Verifying in ${language}`} />
              </Tabs.Panel>
            ))}
          </Tabs>
        </Paper>
      )}
      {examplePayload !== undefined && (
        <Paper p="md">
          <Title order={2} mb="xs">
            Example
          </Title>
          <JsonView value={examplePayload} label="example" />
        </Paper>
      )}
    </Stack>
  );
}
