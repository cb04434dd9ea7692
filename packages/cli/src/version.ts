declare const NVMF_VERSION: string | undefined

/** The package's version, put in when the file is built. */
export const version: string = typeof NVMF_VERSION === 'string' ? NVMF_VERSION : '0.0.0-source'
