import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '#base';
import { type DatabaseSync, migrate, transaction } from '#state';
import { cacheWorkerCode, DEFAULT_LIMITS, type UnpackLimits } from '#system/rootfs';
import { bootstrapBusybox } from './bootstrap/busybox.ts';
import { bootstrapDebian } from './bootstrap/debian.ts';
import { commit } from './commit.ts';
import { ContentStore, Pins } from './content/mod.ts';
import type { Images } from './contract.ts';
import { diskUsage } from './disk-usage.ts';
import { BlobDropper } from './gc/drop-blobs.ts';
import { ImageGc } from './gc/loop.ts';
import type { ImageGcSettings } from './gc/plan.ts';
import { importRootfs } from './import.ts';
import { Collector } from './layout/collector.ts';
import { ImageTable } from './layout/images.ts';
import { LayerTable, topChainId } from './layout/layers.ts';
import { NameTable } from './layout/names.ts';
import { RecipeTable } from './layout/recipes.ts';
import { Resolver } from './layout/resolve.ts';
import { MIGRATIONS } from './layout/schema.ts';
import { loadImages } from './load/load.ts';
import { ACCEPT_ALL, EvidenceTable, ImageVerifier, POLICY_MIGRATIONS, PolicyFile } from './policy/mod.ts';
import { pruneImages } from './prune.ts';
import { pushWhole } from './push-whole.ts';
import { normalizeTag } from './reference.ts';
import type { RemoteSettings } from './remote/context.ts';
import { REMOTE_MIGRATIONS } from './remote/schema.ts';
import { UnfinishedPulls } from './remote/transfer/unfinished-pulls.ts';
import { type RemoteVerbs, remoteVerbs } from './remote/verbs.ts';
import { removeImage } from './remove.ts';
import { saveImages } from './save.ts';
import { ContainerSnapshots } from './snapshots/container-snapshots.ts';
import { LayerDirs } from './snapshots/layer-dirs.ts';
import { ContainerLayerTable } from './snapshots/table.ts';
import { Trash } from './snapshots/trash.ts';
import { existing, type ImageStore } from './store.ts';
import { LayerBlobs } from './unpack/layer-blobs.ts';
import { LayerUnpacker } from './unpack/layers.ts';

export interface OpenImagesOptions {
  /** Holds content/, snapshots/, containers-rw/ and trash/, all on one file system. */
  rootDir: string;
  /** The process's database; this folder brings its own tables. */
  database: DatabaseSync;
  limits?: Partial<UnpackLimits>;
  /** Whether compressed layers stay (the default), or go where they can be made again from the unpacked ones. */
  keepBlobs?: 'always' | 'until-unpacked';
  /** When images are removed on their own; by default never. */
  gc?: ImageGcSettings;
  /** A file that says which images may be pulled and run (policy/policy.ts). Without one all may. */
  policyPath?: string;
  /** How registries are reached. */
  remote?: RemoteSettings;
}

/** The images of one machine, with the stores below them for those who build on them (pull, push, registry, builder). */
export interface OpenedImages extends Images, AsyncDisposable {
  readonly store: ImageStore;
  /** The loops, for those who want a round now. */
  readonly maintenance: Maintenance;
}

/** Opens the image store and puts right what a killed process left. Mounted containers stay mounted. */
export async function openImages(options: OpenImagesOptions): Promise<OpenedImages> {
  const { rootDir, database, limits, remote } = options;
  migrate(database, MIGRATIONS);
  migrate(database, REMOTE_MIGRATIONS);
  migrate(database, POLICY_MIGRATIONS);
  mkdirSync(rootDir, { recursive: true, mode: 0o711 });
  cacheWorkerCode(join(rootDir, 'cache', 'node'));
  const trash = new Trash(join(rootDir, 'trash'));
  let usedBy: (id: Digest) => string[] = () => [];
  const store = makeStore(
    rootDir,
    database,
    trash,
    { ...DEFAULT_LIMITS, ...limits },
    (id) => usedBy(id),
    options.policyPath,
  );
  recover(store, trash);
  const maintenance = startMaintenance(store, trash, options);
  const verbs = assemble(store, maintenance, (next) => {
    usedBy = next;
  });
  const remotes = remoteVerbs(store, remote);
  return { ...verbs, ...remotes, push: (reference, options) => pushWhole(store, remotes.push, reference, options) };
}

function makeStore(
  rootDir: string,
  database: DatabaseSync,
  trash: Trash,
  limits: UnpackLimits,
  usedBy: ImageStore['usedBy'],
  policyPath: string | undefined,
): ImageStore {
  const content = new ContentStore(join(rootDir, 'content'));
  const pins = new Pins(database);
  const layers = new LayerTable(database);
  const images = new ImageTable(database, layers);
  const names = new NameTable(database, images);
  const layerDirs = new LayerDirs(join(rootDir, 'snapshots'), trash);
  const containers = new ContainerLayerTable(database);
  const snapshots = new ContainerSnapshots({
    dir: join(rootDir, 'containers-rw'),
    table: containers,
    layers,
    layerDirs,
    trash,
  });
  const recipes = new RecipeTable(database);
  const blobs = new LayerBlobs({ content, pins, layers, layerDirs, recipes, limits });
  const collector = new Collector({ content, pins, images, layers, containers, layerDirs, recipes });
  const unpacker = new LayerUnpacker({ content, layers, layerDirs, blobs, limits });
  const resolver = new Resolver(images, names);
  const verifier = openVerifier(database, policyPath);
  return {
    database,
    content,
    pins,
    images,
    names,
    layers,
    layerDirs,
    resolver,
    recipes,
    blobs,
    collector,
    unpacker,
    snapshots,
    verifier,
    limits,
    usedBy,
  };
}

function openVerifier(database: DatabaseSync, policyPath: string | undefined): ImageVerifier {
  const evidence = new EvidenceTable(database);
  evidence.collect();
  const file = policyPath === undefined ? undefined : new PolicyFile(policyPath);
  return new ImageVerifier(() => file?.current() ?? ACCEPT_ALL, evidence);
}

/** Rows are the truth: folders and blobs that none needs are what a killed process left. */
function recover(store: ImageStore, trash: Trash): void {
  trash.recover();
  new UnfinishedPulls(store.database, store.pins).recover(Date.now());
  store.content.recover(Date.now());
  store.collector.collectLayers();
  store.layerDirs.recover(new Set(store.layers.all().map(({ snapshot }) => snapshot)));
  store.snapshots.recover();
  store.collector.collectBlobs(store.content.list());
}

/** What goes on in the background. */
interface Maintenance extends AsyncDisposable {
  dropper: BlobDropper;
  gc: ImageGc;
}

function startMaintenance(
  store: ImageStore,
  trash: Trash,
  { keepBlobs, gc: settings }: OpenImagesOptions,
): Maintenance {
  const dropper = new BlobDropper(store);
  const gc = new ImageGc(store, trash, settings);
  if (keepBlobs === 'until-unpacked') {
    store.images.onInsert = () => dropper.kick();
    store.blobs.onRestore = () => dropper.kick();
    dropper.kick();
  }
  gc.start();
  const scope = new AsyncDisposableStack();
  scope.defer(() => store.content.settled());
  for (const part of [store.unpacker, trash, gc, dropper]) scope.use(part);
  return { dropper, gc, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

function assemble(
  store: ImageStore,
  maintenance: Maintenance,
  setUsedBy: Images['setUsedBy'],
): Omit<OpenedImages, keyof RemoteVerbs> {
  return {
    store,
    snapshots: store.snapshots,
    get: (reference, options) => existing(store, store.resolver.resolve(reference, options?.platform).id),
    list: () => store.images.all(),
    layerPaths: ({ config }) =>
      store.layers.chain(topChainId(config.rootfs.diff_ids)).map(({ snapshot }) => store.layerDirs.pathOf(snapshot)),
    tag: (image, reference) => tagImage(store, image, reference),
    remove: async (reference, options) => removeImage(store, reference, options),
    prune: async (options) => pruneImages(store, options),
    importRootfs: (tar, options) => importRootfs(store, tar, options),
    load: (tar, options) => loadImages(store, tar, options),
    save: async (references, options) => saveImages(store, references, options),
    commit: (key, base, options) => commit(store, key, base, options),
    bootstrapDebian: (options) => bootstrapDebian(store, options),
    bootstrapBusybox: (options) => bootstrapBusybox(store, options),
    diskUsage: async () => diskUsage(store),
    verify: (image, reference) => store.verifier.verifyImage(image, reference),
    setUsedBy,
    maintenance,
    [Symbol.asyncDispose]: () => maintenance[Symbol.asyncDispose](),
  };
}

/** A name that stands for several platforms is given on as a whole. */
function tagImage(store: ImageStore, image: string, reference: string): void {
  const { id, name } = store.resolver.resolve(image);
  const target = normalizeTag(reference);
  const ids = name === undefined ? [id] : store.names.find(name).map((named) => named.id);
  transaction(store.database, () => store.names.set(target, ids));
}
