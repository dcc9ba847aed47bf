import { encodeMessage } from './encode.ts';
import type { TypeMeta } from './envelope.ts';
import { envelopeMagic } from './special.ts';
import { messageNamed, messageOfKind } from './table.ts';
import { Writer } from './writer.ts';

const LIST_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

/**
 * Encodes a list item by item, so that a long one needn't be done at once: the body is the head, which needs to know how many bytes
 * the items have, and the items in their order. Every list has its metadata in field 1 and its items in field 2.
 */
export class ProtobufList {
  readonly #type: TypeMeta;
  readonly #itemMessage: string;
  readonly #writer = new Writer(16 * 1024);

  private constructor(type: TypeMeta, itemMessage: string) {
    this.#type = type;
    this.#itemMessage = itemMessage;
  }

  /** A list of a kind such as `PodList`; undefined when it has no protobuf. */
  static of(type: TypeMeta): ProtobufList | undefined {
    const message = messageOfKind(type.apiVersion, type.kind);
    if (message === undefined) return undefined;
    const items = messageNamed(message).byNumber[2];
    return typeof items?.type === 'object' ? new ProtobufList(type, items.type.message) : undefined;
  }

  /** The bytes of one item. */
  item(object: unknown): Buffer {
    const writer = this.#writer;
    writer.clear();
    writer.message(2, () => encodeMessage(object, this.#itemMessage, writer));
    return Buffer.from(writer.finish());
  }

  /** What comes before items of so many bytes. */
  head(metadata: unknown, itemsBytes: number): Buffer {
    const writer = new Writer();
    writer.message(1, () => encodeMessage(metadata, LIST_META, writer));
    writer.uint32(writer.length + itemsBytes);
    writer.tag(2, 2);
    writer.message(1, () => {
      writer.string(this.#type.kind);
      writer.tag(2, 2);
      writer.string(this.#type.apiVersion);
      writer.tag(1, 2);
    });
    writer.raw(envelopeMagic());
    return writer.finish();
  }
}
