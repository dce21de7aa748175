const KNOWN: ReadonlySet<string> = new Set(
  `addkeystoagent batchmode bindinterface canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
  canonicalizepermittedcnames casignaturealgorithms channeltimeout checkhostip clearallforwardings controlmaster
  controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure
  fingerprinthash forkafterauthentication forwardx11 forwardx11timeout forwardx11trusted gatewayports
  gssapiauthentication gssapidelegatecredentials hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes
  ipqos kbdinteractivedevices keepalive knownhostscommand localcommand localforward loglevel logverbose
  nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen
  pkcs11provider proxyusefdpass refuseconnection rekeylimit remotecommand remoteforward requesttty requiredrsasize
  revokedhostkeys securitykeyprovider sessiontype smartcarddevice stdinnull streamlocalbindmask streamlocalbindunlink
  syslogfacility tcpkeepalive tunnel tunneldevice updatehostkeys verifyhostkeydns versionaddendum visualhostkey
  warnweakcrypto xauthlocation`.split(/\s+/),
);

// What ssh itself still reads and leaves aside, and what distributions have added to theirs.
const PASSED_OVER: ReadonlySet<string> = new Set(
  `afstokenpassing cipher compressionlevel fallbacktorsh globalknownhostsfile2 gssapiclientidentity gssapikexalgorithms
  gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns kerberosauthentication
  kerberostgtpassing protocol protocolkeepalives rhostsauthentication rhostsrsaauthentication rsaauthentication
  setuptimeout usekeychain useprivilegedport userknownhostsfile2 useroaming usersh`.split(/\s+/),
);

/** Whether ssh knows a keyword (in lower case) that says nothing of how hawser connects. */
export function isKeywordWithoutEffect(keyword: string): boolean {
  return KNOWN.has(keyword) || PASSED_OVER.has(keyword);
}
