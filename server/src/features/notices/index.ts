export {
  createNotices,
  type NoticeKind,
  type NoticeSender,
  type Notices,
  type SecurityNotice,
  type SecurityNotices,
} from './notices.ts';
