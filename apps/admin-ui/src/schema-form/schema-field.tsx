import { useFormContext } from './form-context';
import type { FieldProps } from './field-props';
import { BooleanField } from './fields/boolean-field';
import { ChoiceField } from './fields/choice-field';
import { CodeField } from './fields/code-field';
import { JsonField } from './fields/json-field';
import { ListField } from './fields/list-field';
import { NumberField } from './fields/number-field';
import { ObjectField } from './fields/object-field';
import { OptionsField } from './fields/options-field';
import { RecordField } from './fields/record-field';
import { SecretField } from './fields/secret-field';
import { TemplateField } from './fields/template-field';
import { TextField } from './fields/text-field';
import { VariantField } from './fields/variant-field';
import { dereferenced, typeOf, withoutNull, type FormSchema } from './form-schema';
import { variantsOf } from './variants';

/** The field that fits a schema. */
export function SchemaField(props: FieldProps) {
  const { root } = useFormContext();
  const schema = withoutNull(dereferenced(props.schema, root));
  const Field = fieldFor(schema, root);
  return <Field {...props} schema={schema} />;
}

function fieldFor(schema: FormSchema, root: FormSchema) {
  if (schema['x-secret']) return SecretField;
  if (schema['x-template']) return TemplateField;
  if (schema['x-code']) return CodeField;
  if (schema['x-options']) return OptionsField;
  if (variantsOf(schema, root)) return VariantField;
  if (schema.enum) return ChoiceField;
  switch (typeOf(schema)) {
    case 'string':
      return TextField;
    case 'integer':
    case 'number':
      return NumberField;
    case 'boolean':
      return BooleanField;
    case 'array':
      return ListField;
    case 'object':
      return schema.properties ? ObjectField : RecordField;
    default:
      return JsonField;
  }
}
