import { createHash, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

const oid = {
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
} as const;
const iterations = 100_000;
const encryption = {
  contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
  hmacHashAlgorithm: 'SHA-256',
  iterationCount: iterations,
};

export interface Pkcs12Content {
  /** PKCS #8, DER. */
  privateKey: ArrayBuffer;
  /** The leaf first, then what certifies it, DER. */
  certificates: ArrayBuffer[];
  friendlyName: string;
  password: string;
}

/**
 * A password-protected PKCS #12 file (RFC 7292) with a key and its certificates, DER: PBES2 with AES-256 and PBKDF2,
 * SHA-256 integrity, as current operating systems import it.
 */
export async function makePkcs12(content: Pkcs12Content): Promise<Buffer> {
  const crypto = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never });
  const password = utf8(content.password);
  const keyBag = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(content.privateKey),
  });
  const keyContents = new pkijs.SafeContents({
    safeBags: [
      new pkijs.SafeBag({
        bagId: oid.shroudedKeyBag,
        bagValue: keyBag,
        bagAttributes: attributes(content),
      }),
    ],
  });
  await (keyBag as unknown as Encrypting).makeInternalValues({ password, ...encryption }, crypto);
  const safe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 0, value: keyContents },
        { privacyMode: 1, value: certificateContents(content) },
      ],
    },
  });
  await safe.makeInternalValues({ safeContents: [{}, { password, ...encryption }] } as never, crypto);
  const pfx = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe: safe } });
  await pfx.makeInternalValues(
    { password, iterations, pbkdf2HashAlgorithm: 'SHA-256', hmacHashAlgorithm: 'SHA-256' },
    crypto,
  );
  return Buffer.from(pfx.toSchema().toBER(false));
}

interface Encrypting {
  makeInternalValues(parameters: object, crypto: pkijs.ICryptoEngine): Promise<void>;
}

function certificateContents(content: Pkcs12Content): pkijs.SafeContents {
  return new pkijs.SafeContents({
    safeBags: content.certificates.map(
      (der, index) =>
        new pkijs.SafeBag({
          bagId: oid.certificateBag,
          bagValue: new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(der) }),
          ...(index === 0 ? { bagAttributes: attributes(content) } : {}),
        }),
    ),
  });
}

/** The name people see in their key store, and the id that tells which certificate belongs to the key. */
function attributes(content: Pkcs12Content): pkijs.Attribute[] {
  const [leaf = new ArrayBuffer(0)] = content.certificates;
  const keyId = createHash('sha1').update(Buffer.from(leaf)).digest();
  return [
    new pkijs.Attribute({
      type: oid.friendlyName,
      values: [new asn1js.BmpString({ value: content.friendlyName })],
    }),
    new pkijs.Attribute({
      type: oid.localKeyId,
      values: [new asn1js.OctetString({ valueHex: new Uint8Array(keyId).buffer })],
    }),
  ];
}

function utf8(text: string): ArrayBuffer {
  return new Uint8Array(new TextEncoder().encode(text)).buffer;
}
