import type { Schema } from '../schema.ts';
import { META_PACKAGE } from './structure.ts';

const APIEXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };
const anyObject: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const time: Schema = { type: 'string', format: 'date-time' };

/** The definitions whose JSON is not their fields: hand-written, by full name. */
export const SPECIAL: ReadonlyMap<string, Schema> = new Map([
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', { type: 'string', format: 'quantity' }],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', anyObject],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', { format: 'int-or-string', 'x-kubernetes-int-or-string': true }],
  [`${META_PACKAGE}.FieldsV1`, anyObject],
  [`${META_PACKAGE}.MicroTime`, time],
  [`${META_PACKAGE}.Patch`, anyObject],
  [`${META_PACKAGE}.Time`, time],
  [`${APIEXTENSIONS}.CustomResourceSubresourceStatus`, { type: 'object' }],
  [`${APIEXTENSIONS}.JSON`, anything],
  [`${APIEXTENSIONS}.JSONSchemaPropsOrArray`, anything],
  [`${APIEXTENSIONS}.JSONSchemaPropsOrBool`, anything],
  [`${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`, anything],
  ['io.k8s.api.apiserverinternal.v1alpha1.StorageVersionSpec', { type: 'object' }],
  ['io.k8s.api.scheduling.v1alpha2.BasicSchedulingPolicy', { type: 'object' }],
]);
