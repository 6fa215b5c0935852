import { defineError } from '../../platform/errors.ts';

export const WebSearchDisabled = defineError(
  'web_search.disabled',
  409,
  'Web search is turned off',
  'Web search is turned off here. An administrator can turn it on.',
);
export const NoProviderReady = defineError(
  'web_search.no_provider',
  409,
  'No search provider',
  'Web search is turned on, but no search provider is ready. An administrator has to configure one.',
);
export const TooManySearches = defineError(
  'web_search.too_many',
  429,
  'Too many searches',
  'You have searched the web very often. Wait a little and search again.',
);
export const ProviderBusy = defineError(
  'web_search.provider_busy',
  503,
  'Search provider busy',
  'The search provider takes no more searches at the moment. Try again in a minute.',
);
export const BadKey = defineError(
  'web_search.bad_key',
  502,
  'API key not accepted',
  'The search provider did not accept the API key. An administrator has to enter a valid one.',
);
export const QuotaUsedUp = defineError(
  'web_search.quota_used_up',
  503,
  'Quota used up',
  'The searches that were paid for at the search provider are used up.',
);
export const ProviderUnreachable = defineError(
  'web_search.unreachable',
  502,
  'Search provider unreachable',
  'The search provider could not be reached.',
);
export const ProviderRefused = defineError(
  'web_search.refused',
  502,
  'Search refused',
  'The search provider refused this search.',
);
export const BadAnswer = defineError(
  'web_search.bad_answer',
  502,
  'Answer not understood',
  'The search provider answered something that is not a list of results.',
);
export const PageUnreadable = defineError(
  'web_search.page_unreadable',
  502,
  'Page not readable',
  'The page could not be read as text.',
);
export const KeyNeeded = defineError(
  'web_search.key_needed',
  422,
  'API key needed',
  'This search provider needs an API key.',
);
export const KeyForOtherServer = defineError(
  'web_search.key_for_other_server',
  422,
  'API key needed again',
  'The stored API key was given for another server. Enter the key for the new address, or remove it.',
);
export const AddressUnusable = defineError(
  'web_search.address_unusable',
  422,
  'Address not usable',
  'Give the address of the search server, such as https://search.example.org.',
);
export const ProviderTwice = defineError(
  'web_search.provider_twice',
  422,
  'Provider named twice',
  'Each search provider can be configured once.',
);
export const ProviderNotConfigured = defineError(
  'web_search.provider_not_configured',
  404,
  'Provider not configured',
  'This search provider is not configured.',
);
export const SettingsVersionConflict = defineError(
  'web_search.version_conflict',
  412,
  'Changed meanwhile',
  'Somebody changed the web search meanwhile. Load it again and repeat your change.',
);
